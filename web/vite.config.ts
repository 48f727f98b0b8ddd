import react from '@vitejs/plugin-react'
// @ts-expect-error The types of Node are no dependency.
import { writeFileSync } from 'node:fs'
// @ts-expect-error As above.
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const PARSER = new URL('node_modules/hast-util-from-html-isomorphic/lib/index.js', import.meta.url)
  .pathname

/** Of each font of KaTeX only the form that every browser takes is built: the others are three times as large. */
const oneFormOfFonts = {
  name: 'one-form-of-fonts',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (id.includes('katex') && id.endsWith('.css'))
      return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)/g, '')
    return undefined
  },
}

/** Beside each script and style lies its compressed form, which browsers get in its place. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir }, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (!/\.(?:js|css)$/.test(fileName)) continue
      const content = file.type === 'chunk' ? file.code : file.source
      writeFileSync(`${dir}/${fileName}.gz`, gzipSync(content, { level: 9 }))
    }
  },
}

/**
 * What the page needs to start is one script, since each further one costs a journey; without what
 * /docs needs, too, which would have to fetch all of it.
 */
const start = {
  name: 'start',
  tags: ['$initial' as const],
  test: (id: string) =>
    !/\/(?:swagger-ui-dist|examples)\/|\/src\/(?:docs\.|api\/session\.ts)|\.html$/.test(id),
  includeDependenciesRecursively: false,
}

export default defineConfig({
  plugins: [react(), oneFormOfFonts, compressed],
  // The browser's own parser would apply styles of formulas, which the page's policy forbids: React sets
  // them one by one, which it allows. The other parser is there for texts anyway.
  resolve: { alias: { 'hast-util-from-html-isomorphic': PARSER } },
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../functions/upload/static',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', docs: 'docs.html' },
      output: { codeSplitting: { groups: [start] } },
    },
    chunkSizeWarningLimit: 2000,
  },
  // The programs that /docs shows lie beside this folder.
  server: {
    fs: { allow: ['..'] },
    proxy: { '/v1': 'http://127.0.0.1:8080', '/openapi.json': 'http://127.0.0.1:8080' },
  },
  // Of two processors one would be left unused: most of the time goes into importing, in each file.
  test: { environment: 'jsdom', maxWorkers: 2 },
})
