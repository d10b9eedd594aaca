# What runs in production: Node, the compiled code and its packages, without anything that only development needs.
#
#     docker build --tag runclose .
#     docker run --rm --env-file settings.env runclose setup
#     docker run --rm --env-file settings.env --publish 8080:8080 runclose

FROM node:24.22.3-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No package needs an install script, neither to build nor to run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/build.mjs
COPY src src
RUN node scripts/build.mjs && find dist -type f ! -name '*.js' -delete
# `npm sbom` takes packages that development needs, too, for packages that only development needs.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund && \
    npm pkg delete devDependencies && \
    npm sbom --sbom-format=cyclonedx > sbom.cdx.json

FROM node:24.22.3-bookworm-slim
LABEL org.opencontainers.image.title="RunClose" \
      org.opencontainers.image.description="Closes coffee runs: picks who fetches the drinks, fairly and effectively once, and says why" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.22.3-bookworm-slim"
ENV NODE_ENV=production
WORKDIR /app
COPY LICENSE package.json ./
COPY schemas schemas
COPY src/postgres/migrations src/postgres/migrations
COPY --from=build /build/sbom.cdx.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# A number, so that Kubernetes can see that it is not root. Nothing in the image belongs to this user.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD ["node", "/app/dist/cli/main.js", "health"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["serve"]
