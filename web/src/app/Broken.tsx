import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components'
import { Component, type ReactNode } from 'react'
import { useText } from '../text'

/** What is shown in place of a part of the page that failed. */
export class Broken extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    return this.state.broken ? <Apology /> : this.props.children
  }
}

function Apology() {
  const t = useText()
  return (
    <MessageBar intent="error" role="alert">
      <MessageBarBody>{t.app.broken}</MessageBarBody>
      <MessageBarActions>
        <Button onClick={() => location.reload()}>{t.app.reload}</Button>
      </MessageBarActions>
    </MessageBar>
  )
}
