import { Link, makeStyles, tokens } from '@fluentui/react-components'
import { lazy, Suspense } from 'react'
import { Link as RouterLink, NavLink, Route, Routes } from 'react-router'
import { Loading } from '../shared/States'
import { FilesPage } from '../files/FilesPage'
import { useText } from '../text'
import { Broken } from './Broken'
import { LiveSign, Search, ToCheck } from './HeaderParts'
import type { Choice } from './theme'
import { CheckPage, EventsPage, FilePage, ReadingPage, SearchPage, useViewsAhead } from './views'

const Preferences = lazy(() => import('./Preferences'))

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
  // A view that fills the window has its own panes that scroll.
  all: {
    display: 'flex',
    flexDirection: 'column',
    '@media (min-width: 901px)': { '&:has([data-fills])': { height: '100dvh' } },
  },
  main: {
    boxSizing: 'border-box',
    width: '100%',
    '&:has([data-fills])': {
      display: 'flex',
      flexDirection: 'column',
      flex: '1 1 0',
      minHeight: 0,
      maxWidth: 'none',
      padding: '12px 24px 16px',
      [NARROW]: { padding: '12px 12px 48px' },
    },
    padding: '20px 24px 64px',
    maxWidth: '1500px',
    margin: '0 auto',
    [NARROW]: { padding: '12px 12px 48px' },
  },
})

export function Shell({ choice, choose }: { choice: Choice; choose: (choice: Choice) => void }) {
  const t = useText()
  const styles = useStyles()
  useViewsAhead()
  return (
    <div className={styles.all}>
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
          <NavLink to="/check" className={styles.link}>
            <ToCheck />
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
              <Route path="/check" element={<CheckPage />} />
              <Route path="/check/:id/:number" element={<CheckPage />} />
              <Route path="/events" element={<EventsPage />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </Broken>
      </main>
    </div>
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
