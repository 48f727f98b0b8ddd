import { ToggleButton } from '@fluentui/react-components'
import { CodeRegular } from '@fluentui/react-icons'
import { useText } from '../text'
import type { useWantedForm } from './useTextForm'

/** Shows a text as it was written, or as its marks say. */
export function SourceButton({ form }: { form: ReturnType<typeof useWantedForm> }) {
  const t = useText()
  return (
    <ToggleButton
      icon={<CodeRegular />}
      checked={!form.isRendered}
      title={t.reading.sourceHint}
      aria-keyshortcuts="m"
      onClick={form.change}
    >
      {t.reading.source}
    </ToggleButton>
  )
}
