# readiness as an image: docker run --rm -u "$(id -u):$(id -g)" -v "$PWD:/launch" IMAGE check
FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY readiness readiness
COPY checklists checklists
COPY templates templates
RUN python -m venv /opt/readiness \
    && /opt/readiness/bin/python -m pip install --no-cache-dir --disable-pip-version-check . \
    && /opt/readiness/bin/readiness --version

FROM python:3.13-slim-trixie
# git says when evidence without a date of its own was committed. Debian keeps one version per release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 readiness
COPY --from=build /opt/readiness /opt/readiness
ENV PATH=/opt/readiness/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /launch
ENTRYPOINT ["readiness"]
CMD ["check"]
