/** A time span, for people: `45 s`, `12 min`, `3 h 12 min`, `5 d 3 h`. */
export const duration = (seconds: number): string => {
  if (seconds < 120) return `${String(Math.max(0, Math.floor(seconds)))} s`;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${String(minutes)} min`;
  if (hours < 24) return `${String(hours)} h ${String(minutes % 60)} min`;
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
};
