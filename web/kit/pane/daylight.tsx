import { useId } from 'react'
import styles from './daylight.module.css'

interface DaylightProps {
  /** `wall`: fills its place; `sign`: stands above words; `pane`: falls into a pane, behind what is written there. */
  size: 'wall' | 'sign' | 'pane'
  /** Without light the window is there and nothing comes through it: the figures are old, or something failed. */
  lit?: boolean
}

/** The light of a window on a wall: the panes of the sign, aslant, parted by the shadow of the mullions, fading. */
export function Daylight({ size, lit = true }: DaylightProps) {
  const fade = useId()
  const light = (
    <svg
      className={styles.daylight}
      data-size={size}
      data-lit={lit}
      viewBox="0 0 200 150"
      preserveAspectRatio={size === 'pane' ? 'xMaxYMid slice' : 'xMidYMid meet'}
      aria-hidden="true"
      focusable="false"
    >
      <linearGradient id={fade} gradientUnits="userSpaceOnUse" x1="150" y1="0" x2="30" y2="150">
        <stop className={styles.near} offset="0" />
        <stop className={styles.far} offset="1" />
      </linearGradient>
      <g className={styles.panes} fill={`url(#${fade})`} transform="matrix(1 0.22 -0.42 1 48 0)">
        <path d="M12 4h58v54H12zM12 63h58v54H12zM76 4h58v113H76z" />
      </g>
    </svg>
  )
  return size === 'pane' ? <div className={styles.pane}>{light}</div> : light
}

/** A sash of its own for the light: beside a form or a message, on a phone below it in whatever room is left. */
export function Wall({ lit = true }: { lit?: boolean }) {
  return (
    <div className={styles.wallPlace} data-wall aria-hidden="true">
      <Daylight size="wall" lit={lit} />
    </div>
  )
}
