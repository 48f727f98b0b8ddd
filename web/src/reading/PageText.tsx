import { Component, lazy, type ReactNode, type RefObject, Suspense } from 'react'
import { MarkedText, type TextShown } from './MarkedText'

const RenderedText = lazy(() => import('./rendered/RenderedText'))

interface Shown extends Required<TextShown> {
  isRendered: boolean
  /** Where the words of what is drawn are kept, for whoever copies them. */
  drawn: RefObject<string>
}

/** A page's text, drawn as its marks of Markdown say, or as it was written. */
export function PageText({ isRendered, drawn, ...shown }: Shown) {
  const written = <MarkedText {...shown} />
  if (!isRendered) return written
  return (
    <Unless of={shown.text} broken={written}>
      <Suspense fallback={written}>
        <RenderedText {...shown} drawn={drawn} />
      </Suspense>
    </Unless>
  )
}

/** What cannot be drawn, such as what is nested a thousand times, is shown as it was written. */
class Unless extends Component<Drawn, { of: string; failed: boolean }> {
  override state = { of: this.props.of, failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  /** Another text is tried anew. */
  static getDerivedStateFromProps({ of }: Drawn, state: { of: string }) {
    return of === state.of ? null : { of, failed: false }
  }

  override render() {
    return this.state.failed ? this.props.broken : this.props.children
  }
}

interface Drawn {
  of: string
  broken: ReactNode
  children: ReactNode
}
