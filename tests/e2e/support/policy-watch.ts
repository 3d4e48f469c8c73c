/** Collects what the browser itself reports against the policy, in every page from its first script on. */
import type { BrowserContext, Page } from '@playwright/test';

declare global {
  var policyReports: string[] | undefined;
}

export async function recordPolicyReports(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const reports: string[] = (globalThis.policyReports = []);
    document.addEventListener('securitypolicyviolation', (event) =>
      reports.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample} (${event.sourceFile})`),
    );
    new ReportingObserver((found) => reports.push(...found.map((each) => JSON.stringify(each))), {
      types: ['csp-violation', 'coep', 'coop'],
      buffered: true,
    }).observe();
  });
}

export function policyReportsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    if (globalThis.policyReports === undefined) throw new Error('this page records no reports');
    return globalThis.policyReports;
  });
}
