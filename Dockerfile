# One image for each function, the bridge and the embedded reader, from the repository root:
#
#   docker build --build-arg FUNCTION=render --tag render .
#
# The app layer is what knative/rootfs.sh makes, which also works without a container engine
# (make rootfs). It runs as a numeric user on a read-only root; only /tmp is written.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ARG FUNCTION
# Of the embedded reader, beside English. npm's own settings say where they are fetched from.
ARG LANGUAGES=spa
ARG npm_config_registry
COPY . /lector
RUN /lector/knative/rootfs.sh "${FUNCTION}" /rootfs python3

FROM ${BASE}
ARG FUNCTION
COPY --from=build /rootfs/ /
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
