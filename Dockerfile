# The image of every process of ours (compose.yaml). Not built by the tests.
FROM python:3.11-slim-bookworm
WORKDIR /opt/okno
COPY requirements.txt pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY okno okno
RUN pip install --no-cache-dir --no-deps . && useradd --system --uid 10001 okno
USER okno
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
CMD ["okno", "--help"]
