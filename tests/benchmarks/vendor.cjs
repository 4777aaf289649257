// The vendor's validator as a process that stays warm: it reads the pipelines of the folder it is
// given; for each line of input it judges all of them and answers with how many are valid.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const yaml = require('js-yaml');
const validator = require('@codefresh-io/yaml-validator');

const folder = process.argv[2];
const texts = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
const options = { build: { buildVersion: 'V2' } };
console.log = () => {}; // it prints notes about steps that it does not check

function isValid(text) {
  try {
    validator.validate(yaml.load(text), 'message', text, options);
    return true;
  } catch (error) {
    return false;
  }
}

readline.createInterface({ input: process.stdin }).on('line', () => {
  process.stdout.write(`${JSON.stringify({ valid_count: texts.filter(isValid).length })}\n`);
});
