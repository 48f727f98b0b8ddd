import { Button, Field, Input, Textarea } from '@fluentui/react-components'
import { useState } from 'react'
import { useActions } from '../api/queries'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useText } from '../text'

/** Have pages read again, with other words to the model or by another model. */
export function Again({ id, pages, close }: { id: string; pages: string; close: () => void }) {
  const t = useText()
  const { retry } = useActions()
  const [prompt, setPrompt] = useState('')
  const [model, setModel] = useState('')
  const begin = () => {
    const wanted = {
      ...(prompt.trim() && { prompt }),
      ...(model.trim() && { model: model.trim() }),
    }
    retry.mutate({ id, pages, ...wanted }, { onSuccess: close })
  }
  return (
    <Popup
      title={t.file.againTitle}
      close={close}
      actions={
        <>
          <Button onClick={close}>{t.common.cancel}</Button>
          <Button appearance="primary" onClick={begin} disabled={retry.isPending}>
            {t.file.again}
          </Button>
        </>
      }
    >
      <p>
        {t.file.againPages}: {pages}. {t.file.againHint}
      </p>
      <Field label={t.upload.prompt}>
        <Textarea rows={5} value={prompt} onChange={(_, { value }) => setPrompt(value)} />
      </Field>
      <Field label={t.upload.model}>
        <Input value={model} onChange={(_, { value }) => setModel(value)} />
      </Field>
      {retry.error && <Problem error={retry.error} />}
    </Popup>
  )
}
