import { Button, Checkbox, Field, Input } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import { signIn, token } from '../api/session'
import { Popup } from '../shared/Popup'
import { useText } from '../text'

const FORM = 'sign-in'

/** Asks for a token, where this Lector wants one. Closed, not taken away: what it covered is freed then. */
export default function SignIn({ open }: { open: boolean }) {
  const t = useText()
  const [secret, setSecret] = useState('')
  const [stay, setStay] = useState(false)
  const enter = (event: FormEvent) => {
    event.preventDefault()
    signIn(secret.trim(), stay)
  }
  return (
    <Popup
      open={open}
      asks
      title={t.signIn.title}
      actions={
        <Button type="submit" form={FORM} appearance="primary" disabled={!secret.trim()}>
          {t.signIn.button}
        </Button>
      }
    >
      <form id={FORM} onSubmit={enter}>
        <p>{t.signIn.hint}</p>
        <Field
          label={t.signIn.token}
          required
          {...(token() && { validationMessage: t.signIn.wrong })}
        >
          <Input
            type="password"
            autoComplete="current-password"
            value={secret}
            onChange={(_, { value }) => setSecret(value)}
          />
        </Field>
        <Checkbox
          label={t.signIn.stay}
          checked={stay}
          onChange={(_, { checked }) => setStay(checked === true)}
        />
      </form>
    </Popup>
  )
}
