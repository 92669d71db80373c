// deno-fmt-ignore-file -- made by a program
/** JavaScript, made by `scripts/threads/build.ts` from `scripts/threads/loop.ts`. */

/** 611 characters. */
export const LOOP_PROGRAM: string =
  "(()=>{var l=globalThis.process;var r=new Map;function d(e){let o=r.get(e);if(o!==void 0)return o;let n=l?.getBuiltinModule?.(e);if(r.set(e,n),n===void 0)throw new TypeError(`Cannot load \"${e}\": this runtime has no builtin modules (Deno, Bun, or Node 20.16 and later have)`);return n}var t;function s(e,o){try{if(t===void 0){t=thread.prepare(e);return}let[n,p]=t(e);o({answer:n},p)}catch(n){o({failure:n},[])}}var i=globalThis,{postMessage:a}=i;if(a!==void 0)i.onmessage=({data:e})=>s(e,(...o)=>a(...o));else{let{parentPort:e}=d(\"node:worker_threads\");e?.on(\"message\",o=>{s(o,(...n)=>e.postMessage(...n))})}})();";
