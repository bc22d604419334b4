import { Trans } from '@lingui/react/macro'
import styles from './bone.module.css'

/** The place of a text that is on its way: a bar inside the same line, so that nothing jumps when the text comes. */
export function Bone({ characters }: { characters: number }) {
  return (
    <span className={styles.line}>
      <span className={styles.bone} data-bone={characters} style={{ width: `${String(characters)}ch` }} />
    </span>
  )
}

/** Says once that something is loading; the bones themselves are silent. */
export function Loading() {
  return (
    <span role="status" className={styles.spoken}>
      <Trans>Загружаем</Trans>
    </span>
  )
}
