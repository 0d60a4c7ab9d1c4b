# The gateway: one port in front of any number of APIs.
FROM python:3.12-slim AS gateway

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/*

COPY gateway/haproxy.cfg /etc/haproxy/haproxy.cfg

USER 10001
EXPOSE 8000
# HAProxy finishes open connections before it ends.
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]


# The OpenAPI document, of which the studio's client is generated.
FROM python:3.12-slim AS spec

WORKDIR /app/backend

COPY backend/requirements.txt backend/constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --root-user-action=ignore -c constraints.txt -r requirements.txt

COPY backend/app app
RUN python -m app.scripts.openapi > /openapi.json


# The web page.
FROM node:20-slim AS studio

WORKDIR /studio

COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/root/.npm PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-progress

COPY frontend ./
COPY --from=spec /openapi.json ./
RUN npm run client && npm run build


# The API and the worker: one image, two commands. All dependencies are wheels; nothing is compiled.
FROM python:3.12-slim AS app

# It listens on all addresses of its container, so it needs callers to authenticate.
ENV PYTHONUNBUFFERED=1 AUTH=keys

RUN useradd --system --uid 10001 --create-home trigraph

WORKDIR /app/backend

COPY backend/requirements.txt backend/constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install --root-user-action=ignore -c constraints.txt -r requirements.txt

# Copies what .dockerignore allows.
COPY backend /app/backend
COPY workflows /app/workflows
COPY --from=studio /studio/dist /app/frontend/dist
RUN python -m compileall -q app migrations

USER 10001
EXPOSE 8000
CMD ["uvicorn", "app.main:app", "--http", "app.api.http.protocol:BoundedProtocol", "--host", "0.0.0.0", "--port", "8000"]
