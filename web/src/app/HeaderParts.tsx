import { Badge, makeStyles, mergeClasses, SearchBox, tokens } from '@fluentui/react-components'
import { useEffect, useState, type FormEvent } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import { useDoubtedCount } from '../api/queries'
import { useOnline } from '../shared/hooks'
import { useSpoken, useText } from '../text'
import { useLive } from './Live'

const NARROW = '@media (max-width: 600px)'

const useStyles = makeStyles({
  search: {
    flexGrow: 1,
    maxWidth: '440px',
    marginLeft: 'auto',
    [NARROW]: { order: 1, flexBasis: '100%', maxWidth: 'none' },
  },
  box: { width: '100%', maxWidth: 'none' },
  live: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  dot: {
    width: '8px',
    height: '8px',
    borderRadius: '50%',
    backgroundColor: tokens.colorPaletteMarigoldBorderActive,
  },
  isLive: { backgroundColor: tokens.colorPaletteGreenForeground1 },
})

/** The field that is in sight everywhere. */
export function Search() {
  const t = useText()
  const styles = useStyles()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const asked = useSearchParams()[0].get('q') ?? ''
  const [text, setText] = useState(asked)
  useEffect(() => setText(asked), [asked])
  if (pathname === '/search') return null // it has a field of its own
  const search = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim()) void navigate(`/search?q=${encodeURIComponent(text.trim())}`)
  }
  return (
    <form role="search" className={styles.search} onSubmit={search}>
      <SearchBox
        className={styles.box}
        value={text}
        aria-label={t.app.search}
        placeholder={t.app.search}
        onChange={(_, { value }) => setText(value)}
      />
    </form>
  )
}

/** The API counts no further. */
const MOST_COUNTED = 1000

/** What leads to the pages to look at, and how many there are. */
export function ToCheck() {
  const { t, language } = useSpoken()
  const count = useDoubtedCount().data ?? 0
  const words = count.toLocaleString(language)
  return (
    <>
      {t.check.title}
      {count > 0 && (
        <>
          {' '}
          <Badge color="warning" appearance="tint" aria-label={t.doubts.pages(count)}>
            {count < MOST_COUNTED ? words : `${words}+`}
          </Badge>
        </>
      )}
    </>
  )
}

/** Whether what is shown is as it is now. */
export function LiveSign() {
  const t = useText()
  const styles = useStyles()
  const { state } = useLive()
  const said = useOnline() ? state : 'offline'
  return (
    <span className={styles.live} role="status">
      <span className={mergeClasses(styles.dot, said === 'live' && styles.isLive)} aria-hidden />
      {t.app[said]}
    </span>
  )
}
