/**
 * The one of the five industries that a provider's or a person's words for a company speak of.
 *
 *     Internet Software & Services ──▶ Tech & AI         Retail ──▶ nothing, though there is an `ai` in it
 *
 * Words count whole, and so do terms of several words. Where a text speaks of two industries alike
 * it decides nothing, and the next text, which says it more broadly, has its turn.
 */
import { INDUSTRIES, type Industry } from '../../protocols/lead.ts';

/** The first of the texts that decides; they go from the particular to the general. */
export function industryOf(texts: readonly string[]): Industry | undefined {
  for (const text of texts) {
    const industry = exactly(text) ?? decidedBy(text);
    if (industry !== undefined) return industry;
  }
  return undefined;
}

const exactly = (text: string): Industry | undefined =>
  INDUSTRIES.find((industry) => industry.toLowerCase() === text.trim().toLowerCase());

function decidedBy(text: string): Industry | undefined {
  const words = ` ${wordsOf(text).join(' ')} `;
  const counts = INDUSTRIES.map(
    (industry) => TERMS[industry].filter((term) => words.includes(` ${term} `)).length,
  );
  const most = Math.max(...counts);
  const [first, second] = INDUSTRIES.filter((_, at) => counts[at] === most);
  return most > 0 && second === undefined ? first : undefined;
}

const wordsOf = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const terms = (text: string): readonly string[] => text.split(',').map((term) => term.trim());

/**
 * Sectors, groups and industries of the Global Industry Classification Standard, which Hunter and
 * Clearbit speak, and what people call theirs. A word that many sectors share (services, equipment,
 * products, management) is none of them.
 */
const TERMS: Readonly<Record<Industry, readonly string[]>> = {
  'Tech & AI': terms(
    `technology, technologies, tech, ai, artificial intelligence, machine learning, software, saas,
    hardware, internet, computer, computers, computing, cloud, cybersecurity, data, analytics,
    robotics, semiconductor, semiconductors, electronics, it services, information technology,
    developer, developers, telecommunication, telecommunications, telecom, wireless`,
  ),
  'Finance & Fintech': terms(
    `finance, financial, financials, fintech, bank, banks, banking, insurance, insurer, insurtech,
    capital markets, investment, investments, investing, payments, payment, lending, mortgage,
    mortgages, wealth, asset management, private equity, venture capital, accounting, brokerage,
    credit, trading, crypto, cryptocurrency`,
  ),
  'Health & Wellness': terms(
    `health, healthcare, medical, medicine, biotechnology, biotech, pharmaceutical, pharmaceuticals,
    pharma, hospital, hospitals, clinic, clinics, dental, wellness, fitness, therapeutics, therapy,
    nutrition, life sciences, veterinary, mental health, diagnostics, gym, gyms, yoga`,
  ),
  'Media & Education': terms(
    `media, education, educational, school, schools, university, universities, academy, learning,
    e learning, elearning, edtech, training, tutoring, publishing, publisher, publishers,
    broadcasting, advertising, marketing, entertainment, film, movies, music, television, radio,
    news, newspapers, journalism, podcasts, podcast, photography, design, public relations`,
  ),
  'Energy & Industry': terms(
    `energy, oil, gas, renewable, renewables, solar, wind, electric, electricity, electrical, power,
    utilities, utility, grid, industrial, industrials, industry machinery, manufacturing,
    manufacturer, machinery, construction, engineering, aerospace, defense, automotive, chemicals,
    chemical, mining, metals, steel, materials, building materials, logistics, freight, foundry,
    machining, batteries, automation, water utilities`,
  ),
};
