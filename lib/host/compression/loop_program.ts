// deno-fmt-ignore-file -- made by a program
/** JavaScript, made by `scripts/threads/build.ts` from `scripts/threads/loop.ts`. */

/** 549 characters. */
export const LOOP_PROGRAM: string =
  "(()=>{var p=globalThis.process;var r=new Map;function d(e){let o=r.get(e);if(o!==void 0)return o;let n=p?.getBuiltinModule?.(e);if(r.set(e,n),n===void 0)throw new TypeError(`Cannot load \"${e}\": this runtime has no builtin modules (Deno, Bun, or Node 20.16 and later have)`);return n}var t;function s(e,o){t===void 0?t=thread.prepare(e):o(...t(e))}var a=globalThis,{postMessage:i}=a;if(i!==void 0)a.onmessage=({data:e})=>s(e,(...o)=>i(...o));else{let{parentPort:e}=d(\"node:worker_threads\");e?.on(\"message\",o=>{s(o,(...n)=>e.postMessage(...n))})}})();";
