/**
 * What people type: examples of every command. A test reads each by the command line that it is of.
 */
import type { Examples } from '../examples.ts';

export const EXAMPLES: Examples = {
  '': [
    ['leadpoet demo', 'a whole subnet in this process, one query of 10 leads'],
    ['leadpoet doctor', 'what a node needs and has'],
    ['leadpoet validator --mock --wallet.hotkey v1', 'a node of the mock network'],
    ['leadpoet buy --mock --num-leads 10', 'leads from it'],
    ['leadpoet audit leads.csv --offline', 'what a validator would say of a file of leads'],
    ['leadpoet wallet create', 'a coldkey and a hotkey, as btcli makes them'],
    ['leadpoet metagraph --netuid 343', 'who is on the subnet'],
  ],
  demo: [
    ['leadpoet demo --watch', 'on a page, with a query every now and then'],
    ['leadpoet demo', 'made-up leads, the same each time'],
    ['leadpoet demo --source leads.csv --seed 7', 'on leads of your own, with other chances'],
    ['leadpoet demo --query-leads 25 --industry "Tech & AI"', 'another question'],
    ['leadpoet demo --json', 'for a script'],
  ],
  miner: [
    ['leadpoet miner --mock --wallet.hotkey m1', 'on the mock network of this machine'],
    [
      'leadpoet miner --miner-model ./model.mjs --axon.ip 192.0.2.1',
      'live, with a model of your own',
    ],
    [
      'leadpoet miner --use_open_source_lead_model --axon.ip 192.0.2.1',
      'live, with the open-source one',
    ],
  ],
  validator: [
    ['leadpoet validator --mock --wallet.hotkey v1', 'on the mock network of this machine'],
    ['leadpoet validator --wallet.name mine --axon.ip 192.0.2.1', 'live, on the test network'],
    [
      'leadpoet validator --config node.toml --metrics.port 9100',
      'its settings from a file, watched',
    ],
  ],
  pool: [
    ['leadpoet pool --mock --wallet.hotkey p1', 'on the mock network of this machine'],
    [
      'leadpoet pool --suppress list --axon.ip 192.0.2.1',
      'live, and never leads of those on a list',
    ],
  ],
  appeal: [
    ['leadpoet appeal --wallet.name mine', 'for the flagged hotkey of a wallet'],
    ['leadpoet appeal --mock --wallet.hotkey v1', 'on the mock network'],
  ],
  vote: [
    [
      'leadpoet vote 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY yes --wallet.name mine',
      'its flag is to be lifted',
    ],
  ],
  doctor: [
    ['leadpoet doctor', 'before the first node'],
    ['leadpoet doctor --wallet.name mine --axon.ip 192.0.2.1', 'for a node as it is to be run'],
    ['leadpoet doctor --subtensor.network mock --json', 'for a script'],
  ],
  replay: [
    ['leadpoet replay ~/.leadpoet/mock/validator/default', 'a node, when it is stopped'],
    ['leadpoet replay node.sqlite --json', 'for a script'],
  ],
  'verify-log': [
    ['leadpoet verify-log audit.log', 'a log of one file'],
    ['leadpoet verify-log audit-*.log audit.log', 'one of several, the oldest first'],
  ],
  man: [['leadpoet man | man -l -', 'to read it']],
  completion: [
    ['leadpoet completion bash >> ~/.bashrc', 'of which bash-completion is a part'],
    ['leadpoet completion zsh >> ~/.zshrc', 'likewise'],
    ['leadpoet completion fish > ~/.config/fish/completions/leadpoet.fish', 'likewise'],
  ],
  buy: [
    ['leadpoet buy', 'asks what you would like'],
    ['leadpoet buy --mock --num-leads 10', 'from the mock network of this machine'],
    ['leadpoet buy --num-leads 50 --industry "Tech & AI" --out leads.csv', 'into a file'],
    ['leadpoet buy --num-leads 5 --format json', 'for a script'],
  ],
  export: [
    ['leadpoet export 3f9c01 --format hubspot --out contacts.csv', 'to import into HubSpot'],
    ['leadpoet export 3f9c01 --format vcard --out contacts.vcf', 'for an address book'],
  ],
  serve: [
    ['leadpoet serve --mock --http.port 8080', 'on the mock network of this machine'],
    [
      'leadpoet serve --http.host 0.0.0.0 --http.tokens callers.txt',
      'for others, each with a token of its own',
    ],
    [
      'leadpoet serve --http.tokens callers.txt --prices prices.toml',
      'for others who pay beforehand: see leadpoet balance',
    ],
    [
      'leadpoet serve --webhook.url https://crm.example/hook --webhook.secret-file secret',
      'each delivery is posted there, signed',
    ],
  ],
  rate: [
    [
      'leadpoet rate 3f9a2c81d0e7 9',
      'by the first digits of the query, as `leadpoet buy` shows them',
    ],
    ['leadpoet rate 3f9a2c81d0e7 2 --mock', 'on the mock network'],
  ],
  'balance show': [
    ['leadpoet balance show', 'of everyone'],
    ['leadpoet balance show --account acme --json', 'of one, for a script'],
  ],
  'balance top-up': [
    [
      'leadpoet balance top-up 20 --account acme --reference "invoice 7"',
      'said twice, it counts once',
    ],
    ['leadpoet balance top-up 0.5 --account default --note "a present"', 'of the one token'],
  ],
  'webhook verify': [
    [
      'leadpoet webhook verify body.json --signature "t=1764366000,v1=HEX" --webhook.secret-file secret',
      'what a receiver has written down',
    ],
  ],
  'balance history': [['leadpoet balance history --account acme', 'every top-up and charge']],
  audit: [
    ['leadpoet audit leads.csv', 'a sample of a file, as a validator would'],
    ['leadpoet audit leads.csv --offline --full', 'every lead, without the network'],
    ['leadpoet audit - --checks --json', 'what comes in, the automated checks too, for a script'],
  ],
  score: [
    ['leadpoet score events.json', 'as tables'],
    ['leadpoet score - --json', 'what comes in, for a script'],
  ],
  collusion: [
    ['leadpoet collusion events.json', 'as tables'],
    ['leadpoet collusion events.json --html rings.html', 'also as a page to look at'],
  ],
  yuma: [
    ['leadpoet yuma weights.json', 'as tables'],
    ['leadpoet yuma - --json', 'what comes in, for a script'],
  ],
  'suppress add': [
    ['leadpoet suppress add ann@acme.com acme.org --list list', 'two more on a list, as hashes'],
    ['leadpoet suppress add - --list list', 'many, one a line'],
  ],
  'suppress remove': [['leadpoet suppress remove ann@acme.com --list list', 'one fewer']],
  'suppress check': [['leadpoet suppress check ann@acme.com --list list', 'is she on it?']],
  'suppress import': [
    ['leadpoet suppress import unsubscribed.csv --list list', 'all of a file'],
    ['leadpoet suppress import - --list list --json', 'what comes in, for a script'],
  ],
  erase: [
    ['leadpoet erase ann@acme.com --suppress list', 'out of all nodes here, and to stay away'],
    ['leadpoet erase - --data-dir net', 'many, one a line, and nothing in a shell’s history'],
    ['leadpoet erase --verify receipt.json ann@acme.com', 'does a receipt hold, and is it hers?'],
  ],
  deliveries: [
    ['leadpoet deliveries --since 2026-05-01 --format csv', 'for a spreadsheet'],
    ['leadpoet deliveries --email ann@acme.com', 'who got one person'],
  ],
  'wallet create': [
    ['leadpoet wallet create', 'the wallet `default`, with a hotkey `default`'],
    ['leadpoet wallet create --wallet.name miner --wallet.hotkey first', 'others'],
  ],
  'wallet overview': [
    ['leadpoet wallet overview', 'all of them'],
    ['leadpoet wallet overview --wallet.name miner --json', 'one, for a script'],
  ],
  metagraph: [
    ['leadpoet metagraph --netuid 343', 'of the test network'],
    [
      'leadpoet metagraph --subtensor.network finney --netuid 71 --json',
      'of another, for a script',
    ],
  ],
  register: [
    ['leadpoet register --wallet.name miner', 'shows the price and asks'],
    ['leadpoet register --wallet.name miner --wallet.hotkey second --yes', 'agreed beforehand'],
  ],
  stake: [
    ['leadpoet stake 20 --wallet.name mine', 'what a validator needs, behind its hotkey'],
    ['leadpoet stake 0.5 --wallet.name mine --yes', 'agreed beforehand'],
  ],
  'serve-axon': [
    [
      'leadpoet serve-axon --axon.ip 192.0.2.1 --axon.port 8091 --role miner --peer-key KEY',
      'a node says KEY when it starts; a running one does this by itself',
    ],
  ],
};
