import 'swagger-ui-dist/swagger-ui.css'
// @ts-expect-error: the bundle comes without types
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'
import python from '../../examples/quickstart.py?raw'
import shell from '../../examples/quickstart.sh?raw'
import typescript from '../../examples/quickstart.ts?raw'
import { token } from './api/session'
import './docs.css'

/** The theme as it was chosen on the page, or as the system has it. */
const chosen = localStorage.getItem('lector-theme')
const isDark =
  chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.classList.toggle('dark-mode', isDark)

/** Programs that tests run, with the address of this Lector in them. */
const quickstarts = {
  sh: shell.replace('http://127.0.0.1:8080', location.origin),
  py: python.replace(/Lector\(\).*/, `Lector("${location.origin}") as lector:  # and a token`),
  ts: typescript,
}
for (const [language, program] of Object.entries(quickstarts))
  document.getElementById(`quickstart-${language}`)!.textContent = program

const ui = SwaggerUI({
  dom_id: '#docs',
  url: '/openapi.json',
  validatorUrl: null,
  deepLinking: true,
  onComplete: () => {
    const secret = token()
    if (secret) ui.preauthorizeApiKey('token', secret)
  },
})
