"""What routes answer, as pydantic models: OpenAPI comes from them."""
