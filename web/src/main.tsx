import { createDOMRenderer, RendererProvider } from '@fluentui/react-components'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { signInByAddress } from './api/session'
import { App } from './app/App'
import { fetchView } from './app/views'

/** The page's styles are let in by a nonce, which the server draws anew for each answer. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
const renderer = createDOMRenderer(document, { styleElementAttributes: nonce ? { nonce } : {} })

fetchView(location.pathname)
void signInByAddress().finally(() =>
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <RendererProvider renderer={renderer} targetDocument={document}>
        <App />
      </RendererProvider>
    </StrictMode>,
  ),
)
