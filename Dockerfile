# One image for each function, the bridge and the embedded reader, and one with all of Lector, from the
# repository root:
#
#   docker build --build-arg FUNCTION=render --tag render .
#   docker build --build-arg FUNCTION=bridge --build-arg CODE=lector/bridge --tag bridge .
#
# Three layers: the base, the locked libraries, the code (docs/decisions/0035-layers.md). The latter
# two are what knative/rootfs.sh makes, which also works without a container engine (make rootfs).
# Nothing runs in the last stage, so an image of another platform needs no emulator.
ARG BASE=python:3.13-slim

# All of Lector in one container, from the wheel that `make wheel` builds (docs/containers.md):
#
#   docker build --target all-in-one --tag lector .
#
# Who runs it is nobody, whom every base knows: PostgreSQL asks who it is, and refuses root.
FROM ${BASE} AS all-in-one
COPY requirements-local.lock dist/lector_ocr-*.whl /tmp/lector/
ARG LANGUAGES=spa
ARG npm_config_registry
ENV LECTOR_DATA=/data \
    LECTOR_LANGUAGES=/usr/local/share/lector-languages \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
RUN python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir \
      --require-hashes --only-binary :all: -r /tmp/lector/requirements-local.lock && \
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir \
      --no-deps /tmp/lector/*.whl && \
    mkdir "${LECTOR_LANGUAGES}" && { [ -z "${LANGUAGES}" ] || lector languages add ${LANGUAGES}; } && \
    chmod -R a+rX "${LECTOR_LANGUAGES}" && \
    rm -r /tmp/lector && install --directory --owner 65534 --group 65534 --mode 0700 /data
USER 65534:65534
VOLUME /data
EXPOSE 8080 8333
ENTRYPOINT ["lector"]
# Every address of the container; `docker run --publish` says who reaches them. It asks for a token.
CMD ["up", "--host", "0.0.0.0", "--auth", "--port", "8080", "--objects-port", "8333"]

FROM --platform=${BUILDPLATFORM} ${BASE} AS libraries
WORKDIR /lector
# What fetches the embedded reader's languages, and no more: another change must not end the cache.
COPY lector/__init__.py lector/
COPY lector/domain/__init__.py lector/domain/language_codes.py lector/domain/language_packages.py \
     lector/domain/language_packages.txt lector/domain/
COPY lector/runtime/__init__.py lector/runtime/failures.py lector/runtime/source_tree.py lector/runtime/
COPY lector/telemetry/__init__.py lector/telemetry/plain_text.py lector/telemetry/
COPY web/node.lock web/
COPY knative/rootfs.sh knative/
ARG FUNCTION
ARG CODE=functions/${FUNCTION}
# To a place without a variable: buildah's cache compares the line as it is written, and the content.
COPY ${CODE}/requirements.txt ./
# Of the embedded reader, beside English. npm's own settings say where they are fetched from.
ARG LANGUAGES=spa
ARG npm_config_registry
ARG TARGETARCH
RUN mkdir -p "${CODE}" && mv requirements.txt "${CODE}/" && \
    knative/rootfs.sh "${FUNCTION}" /rootfs python3 libraries

FROM --platform=${BUILDPLATFORM} ${BASE} AS code
WORKDIR /lector
COPY knative/rootfs.sh knative/
COPY lector lector
COPY functions/__init__.py functions/
ARG FUNCTION
ARG CODE=functions/${FUNCTION}
COPY ${CODE} own
RUN rm -rf "${CODE}" && mv own "${CODE}" && knative/rootfs.sh "${FUNCTION}" /rootfs python3 code

FROM --platform=${TARGETPLATFORM} ${BASE}
COPY --from=libraries /rootfs/ /
ARG FUNCTION
ENV FUNCTION_TARGET=${FUNCTION} \
    FUNCTION_SOURCE=/app/functions/${FUNCTION}/main.py \
    PYTHONPATH=/app:/app/lib \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    XDG_RUNTIME_DIR=/tmp
WORKDIR /app
USER 65532:65532
EXPOSE 8080
# A function as it is; other processes are started with other arguments: -m lector.bridge COMMAND.
ENTRYPOINT ["python3"]
CMD ["-m", "lector.runtime.serve"]
# The last step, as what comes after a change is done again, and each step is an image to some engines.
COPY --from=code /rootfs/ /
