// Asks the key for what the form says, and sends its answer by the form.
'use strict'

const form = document.querySelector('form[data-key]')

if (form) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const button = form.querySelector('button')
    button.disabled = true
    ask(form)
      .then((answer) => {
        form.elements.answer.value = JSON.stringify(answer)
        form.submit()
      })
      .catch((error) => {
        button.disabled = false
        for (const said of form.querySelectorAll('[data-said]')) {
          said.hidden = said.dataset.said !== (error instanceof Unable ? 'unable' : 'refused')
        }
      })
  })
}

class Unable extends Error {}

async function ask({ dataset }) {
  const options = JSON.parse(dataset.options)
  const kinds = window.PublicKeyCredential
  if (!kinds?.parseCreationOptionsFromJSON) throw new Unable()
  const credential =
    dataset.key === 'new'
      ? await navigator.credentials.create({ publicKey: kinds.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: kinds.parseRequestOptionsFromJSON(options) })
  return credential.toJSON()
}
