"""An MCP server: an agent on call reads what people on call read, and tries their actions out.

It needs the package ``mcp``, and talks to the API with a person's admin key, as their shell does.
"""
