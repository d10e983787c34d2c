# One image for every part: the command says which (api, worker, migrate). The mock gateways are in
# an image of their own: docker build --target mock.
FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/engine
COPY requirements-runtime.lock /tmp/
RUN /opt/engine/bin/pip install --require-hashes -r /tmp/requirements-runtime.lock

# The wheel's layout: the migrations are inside the package, and nothing else goes by their name.
FROM packages AS code
COPY payment_engine/ /app/payment_engine/
COPY migrations/ /app/payment_engine/migrations/
COPY pyproject.toml /app/
RUN cp --recursive /app /production \
    && rm --recursive /production/payment_engine/mock /production/payment_engine/simulator

FROM python:3.11-slim-bookworm AS runtime
RUN groupadd --gid 10001 engine \
    && useradd --uid 10001 --gid engine --no-create-home --shell /usr/sbin/nologin engine \
    && install --directory --owner engine --group engine /var/spool/payment-engine
ENV PATH=/opt/engine/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PE_HOST=0.0.0.0 \
    PE_SPOOL_DIR=/var/spool/payment-engine
WORKDIR /app
COPY --from=packages /opt/engine /opt/engine
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('PE_API_PORT', '8000') + '/live', timeout=2)"]
ENTRYPOINT ["python", "-m", "payment_engine"]
CMD ["api"]

FROM runtime AS mock
COPY --from=code /app /app
CMD ["mock"]

FROM runtime AS production
COPY --from=code /production /app
