/** The four functions of jStat that `distributions.ts` uses; the library ships no types. */
declare module "jstat" {
  interface StudentT {
    cdf(x: number, degreesOfFreedom: number): number;
    inv(p: number, degreesOfFreedom: number): number;
  }
  interface Normal {
    cdf(x: number, mean: number, standardDeviation: number): number;
    inv(p: number, mean: number, standardDeviation: number): number;
  }
  const jStat: { readonly studentt: StudentT; readonly normal: Normal };
  export default jStat;
}
