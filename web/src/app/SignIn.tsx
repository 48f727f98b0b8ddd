import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
} from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import { signIn, token } from '../api/session'
import { useText } from '../text'

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
    <Dialog open={open} modalType="alert">
      <DialogSurface>
        <form onSubmit={enter}>
          <DialogBody>
            <DialogTitle>{t.signIn.title}</DialogTitle>
            <DialogContent>
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
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary" disabled={!secret.trim()}>
                {t.signIn.button}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  )
}
