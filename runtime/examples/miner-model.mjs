// A miner's model of one's own, as small as it gets. It is given one query and returns leads.
export default async function miner({ query: { num_leads, industry, region } }) {
  return Array.from({ length: num_leads }, (_, index) => ({
    Business: `Example Works ${index + 1}`,
    'Owner Full name': 'Ada Example',
    First: 'Ada',
    Last: 'Example',
    'Owner(s) Email': `ada.example@works-${index + 1}.example.com`,
    LinkedIn: `https://www.linkedin.com/in/ada-example-${index + 1}`,
    Website: `https://works-${index + 1}.example.com`,
    Industry: industry ?? 'Tech & AI',
    Region: region ?? 'DE',
  }));
}
