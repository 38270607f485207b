# Two images from one file: `--target web` (no torch) and `--target worker`.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 STUDIO_DATA_DIR=/data
RUN useradd --create-home --uid 10001 studio && install -d -o studio -g studio -m 700 /data
WORKDIR /studio
COPY pyproject.toml constraints.txt README.md LICENSE manage.py ./
COPY config config
COPY domain domain
COPY adapters adapters
COPY apps apps
COPY templates templates
COPY static static
VOLUME /data

FROM base AS web
RUN pip install -c constraints.txt -e ".[web]"
USER studio
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", \
     "--timeout", "120", "--no-control-socket"]

FROM base AS worker
# An index with CPU builds of torch keeps this image small; without it the plain build is taken.
ARG TORCH_INDEX_URL=""
RUN if [ -n "$TORCH_INDEX_URL" ]; then pip install torch==2.13.0 --index-url "$TORCH_INDEX_URL"; \
    else pip install torch==2.13.0; fi \
    && pip install -c constraints.txt -e ".[worker]"
USER studio
CMD ["python", "manage.py", "qcluster"]
