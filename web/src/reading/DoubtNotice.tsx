import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  tokens,
} from '@fluentui/react-components'
import type { Doubt } from '../api/client'
import { useSpoken } from '../text'
import { doubtWords } from './doubts'

const useStyles = makeStyles({
  notice: { marginBottom: '8px' },
  title: { display: 'block' },
  list: {
    margin: '2px 0 4px',
    padding: 0,
    listStyleType: 'none',
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
  },
  detail: {
    display: 'block',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
  },
})

/** What speaks against a text, above it. */
export function DoubtNotice({ doubts }: { doubts: Doubt[] }) {
  const { t } = useSpoken()
  const styles = useStyles()
  if (!doubts.length) return null
  return (
    <MessageBar intent="warning" layout="multiline" className={styles.notice}>
      <MessageBarBody>
        <MessageBarTitle className={styles.title}>{t.doubts.title}</MessageBarTitle>
        <DoubtList doubts={doubts} />
      </MessageBarBody>
    </MessageBar>
  )
}

/** Each reason in the language of the page; unless in brief, the server's detail below it. */
export function DoubtList({ doubts, brief = false }: { doubts: Doubt[]; brief?: boolean }) {
  const { language } = useSpoken()
  const styles = useStyles()
  return (
    <ul className={styles.list}>
      {doubts.map((doubt) => {
        const { what, detail } = doubtWords(doubt, language)
        return (
          <li key={doubt.code}>
            {what}
            {!brief && <Detail detail={detail} />}
          </li>
        )
      })}
    </ul>
  )
}

/** What the server itself says beyond what is known of a code, in English as it says it. */
export function Detail({ detail }: { detail: string | null }) {
  const styles = useStyles()
  if (!detail) return null
  return (
    <span className={styles.detail} lang="en">
      {detail}
    </span>
  )
}
