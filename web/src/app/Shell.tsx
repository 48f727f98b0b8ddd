import { Link, makeStyles, mergeClasses, SearchBox, tokens } from '@fluentui/react-components'
import { lazy, Suspense, useEffect, useState, type FormEvent } from 'react'
import {
  Link as RouterLink,
  NavLink,
  Route,
  Routes,
  useLocation,
  useNavigate,
  useSearchParams,
} from 'react-router'
import { useOnline } from '../shared/hooks'
import { Loading } from '../shared/States'
import { FilesPage } from '../files/FilesPage'
import { useText } from '../text'
import { Broken } from './Broken'
import { useLive } from './Live'
import type { Choice } from './theme'

const Preferences = lazy(() => import('./Preferences'))
const FilePage = lazy(() => import('../file/FilePage'))
const ReadingPage = lazy(() => import('../reading/ReadingPage'))
const SearchPage = lazy(() => import('../search/SearchPage'))
const EventsPage = lazy(() => import('../events/EventsPage'))

const NARROW = '@media (max-width: 600px)'

const useStyles = makeStyles({
  skip: {
    position: 'absolute',
    left: '-9999px',
    ':focus': {
      left: '8px',
      top: '8px',
      zIndex: 10,
      backgroundColor: tokens.colorNeutralBackground1,
      padding: '8px',
    },
  },
  header: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 20px',
    padding: '10px 24px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    [NARROW]: { padding: '8px 12px', gap: '6px 14px' },
  },
  name: {
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    fontSize: tokens.fontSizeBase500,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
  },
  nav: { display: 'flex', gap: '16px' },
  link: {
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    padding: '6px 0',
    borderBottom: '2px solid transparent',
    ':hover': { color: tokens.colorNeutralForeground1 },
    '&.active': {
      color: tokens.colorNeutralForeground1,
      borderBottomColor: tokens.colorBrandStroke1,
    },
  },
  word: {
    // still read aloud where there is no room to show it
    '@media (max-width: 420px)': {
      position: 'absolute',
      width: '1px',
      height: '1px',
      overflow: 'hidden',
      clipPath: 'inset(50%)',
    },
  },
  search: {
    flexGrow: 1,
    maxWidth: '440px',
    marginLeft: 'auto',
    [NARROW]: { order: 1, flexBasis: '100%', maxWidth: 'none' },
  },
  end: {
    display: 'flex',
    alignItems: 'center',
    gap: '16px',
    minHeight: '32px',
    minWidth: '110px',
    justifyContent: 'flex-end',
    marginLeft: 'auto',
    [NARROW]: { gap: '6px', minWidth: 0 },
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
  main: {
    padding: '20px 24px 64px',
    maxWidth: '1500px',
    margin: '0 auto',
    [NARROW]: { padding: '12px 12px 48px' },
  },
})

export function Shell({ choice, choose }: { choice: Choice; choose: (choice: Choice) => void }) {
  const t = useText()
  const styles = useStyles()
  return (
    <>
      <Link href="#main" className={styles.skip}>
        {t.app.skip}
      </Link>
      <header className={styles.header}>
        <RouterLink to="/" className={styles.name}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span className={styles.word}>Lector</span>
        </RouterLink>
        <nav className={styles.nav} aria-label="Lector">
          <NavLink to="/" end className={styles.link}>
            {t.app.files}
          </NavLink>
          <NavLink to="/events" className={styles.link}>
            {t.app.events}
          </NavLink>
          <a href="/docs" className={styles.link}>
            {t.app.api}
          </a>
        </nav>
        <Search />
        <div className={styles.end}>
          <LiveSign />
          <Suspense>
            <Preferences choice={choice} choose={choose} />
          </Suspense>
        </div>
      </header>
      <main id="main" className={styles.main}>
        <Broken>
          <Suspense fallback={<Loading />}>
            <Routes>
              <Route path="/" element={<FilesPage />} />
              <Route path="/files/:id" element={<FilePage />} />
              <Route path="/files/:id/pages/:number" element={<ReadingPage />} />
              <Route path="/search" element={<SearchPage />} />
              <Route path="/events" element={<EventsPage />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </Broken>
      </main>
    </>
  )
}

function Search() {
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

function LiveSign() {
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

function NotFound() {
  const t = useText()
  return (
    <>
      <h1>{t.app.notFound}</h1>
      <RouterLink to="/">{t.app.back}</RouterLink>
    </>
  )
}
