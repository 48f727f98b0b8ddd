import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  tokens,
} from '@fluentui/react-components'
import { CopyButton } from '../shared/CopyButton'
import { useText } from '../text'

const useStyles = makeStyles({
  message: { marginBottom: '8px' },
  theirs: {
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontFamily: 'inherit',
    margin: '8px 0 0',
    padding: '8px 12px',
    maxHeight: '30vh',
    overflow: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    borderRadius: tokens.borderRadiusMedium,
  },
})

interface Shown {
  mine: string
  theirs: string
  keepMine: () => void
  takeTheirs: () => void
  isSaving: boolean
}

/** Two people have changed a page: both texts, and what can be done. Nothing typed is lost. */
export function Conflict({ mine, theirs, keepMine, takeTheirs, isSaving }: Shown) {
  const t = useText()
  const styles = useStyles()
  return (
    <MessageBar intent="warning" layout="multiline" role="alert" className={styles.message}>
      <MessageBarBody>
        <MessageBarTitle>{t.check.conflict}</MessageBarTitle>
        {t.check.conflictHint}
        <pre className={styles.theirs} tabIndex={0} data-testid="theirs">
          {theirs}
        </pre>
      </MessageBarBody>
      <MessageBarActions>
        <CopyButton text={mine} label={t.check.copyMine} />
        <Button onClick={takeTheirs}>{t.check.takeTheirs}</Button>
        <Button appearance="primary" disabled={isSaving} onClick={keepMine}>
          {t.check.keepMine}
        </Button>
      </MessageBarActions>
    </MessageBar>
  )
}
