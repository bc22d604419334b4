import { useId } from 'react'
import styles from './choice.module.css'

interface ChoiceProps<Value extends string> {
  guide: string
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChoose: (value: Value) => void
  /** `joined`: a few short words in one frame; `loose`: chips that wrap; `column`: chips that stand in a narrow pane. */
  look?: 'joined' | 'loose' | 'column'
}

/** One of a few, all in sight: radio buttons that look like the panes of one small window. */
export function Choice<Value extends string>({
  guide,
  label,
  value,
  options,
  onChoose,
  look = 'joined',
}: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset className={styles.choice} data-look={look}>
      <legend className={styles.label}>{label}</legend>
      <div className={styles.options}>
        {options.map(([option, word]) => (
          <label key={option} className={styles.option}>
            <input
              className={styles.radio}
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              data-guide={`${guide}.${option}`}
              onChange={() => {
                onChoose(option)
              }}
            />
            <span className={styles.word}>{word}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
