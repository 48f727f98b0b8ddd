import { Component, lazy, type ReactNode, type RefObject, Suspense } from 'react'
import { MarkedText, type TextShown } from './MarkedText'

const RenderedText = lazy(() => import('./rendered/RenderedText'))

/** What is drawn of a text, without its marks, for whoever copies it. */
export interface Drawn {
  of: string
  words: string
}

interface Shown extends Required<TextShown> {
  isRendered: boolean
  drawn: RefObject<Drawn | null>
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
class Unless extends Component<Tried, { of: string; failed: boolean }> {
  override state = { of: this.props.of, failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  /** Another text is tried anew. */
  static getDerivedStateFromProps({ of }: Tried, state: { of: string }) {
    return of === state.of ? null : { of, failed: false }
  }

  override render() {
    return this.state.failed ? this.props.broken : this.props.children
  }
}

interface Tried {
  of: string
  broken: ReactNode
  children: ReactNode
}
