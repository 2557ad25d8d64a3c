// Before the first paint; what the switch in the page stores, see src/theme.ts.
{
  const theme = localStorage.getItem('aktis-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
