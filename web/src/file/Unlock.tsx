import { Button, Field, Input, makeStyles } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import type { LectorFile } from '../api/client'
import { useActions, useMe } from '../api/queries'
import { Problem } from '../shared/States'
import { useText } from '../text'

const useStyles = makeStyles({
  form: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-start',
    gap: '8px',
    margin: '12px 0',
  },
  field: { flexGrow: 1, maxWidth: '420px' },
  // beside the field, which stands below its label
  button: { marginTop: '22px', '@media (max-width: 600px)': { marginTop: 0 } },
  error: { flexBasis: '100%' },
})

/** Asks for the password of a locked PDF, and has it read with that. */
export function Unlock({ file }: { file: LectorFile }) {
  const t = useText()
  const styles = useStyles()
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const { retry } = useActions()
  const [password, setPassword] = useState('')
  if (!mayWrite || file.status !== 'failed' || file.error_code !== 'password_protected') return null
  const unlock = (event: FormEvent) => {
    event.preventDefault()
    if (password) retry.mutate({ id: file.id, password }, { onSuccess: () => setPassword('') })
  }
  return (
    <form className={styles.form} onSubmit={unlock}>
      <Field className={styles.field} label={t.file.password} hint={t.file.passwordHint}>
        <Input
          type="password"
          autoComplete="off"
          value={password}
          onChange={(_, { value }) => setPassword(value)}
        />
      </Field>
      <Button
        type="submit"
        className={styles.button}
        appearance="primary"
        disabled={!password || retry.isPending}
      >
        {t.file.unlock}
      </Button>
      {retry.error && (
        <div className={styles.error}>
          <Problem error={retry.error} />
        </div>
      )}
    </form>
  )
}
