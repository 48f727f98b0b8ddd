import 'swagger-ui-dist/swagger-ui.css'
// @ts-expect-error: the bundle comes without types
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'
import { token } from './api/session'
import './body.css'
import './docs.css'

/** The theme as it was chosen on the page, or as the system has it. */
const chosen = localStorage.getItem('lector-theme')
const isDark =
  chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
document.documentElement.classList.toggle('dark-mode', isDark)

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
