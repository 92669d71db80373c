import { test } from "node:test";
import assert from "node:assert/strict";
import { addTallies, formatTally, NO_TESTS, readJunit } from "../../scripts/junit.ts";
import { listSkips } from "../../scripts/test_runner.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="9" failures="3" errors="0" time="0.014">
    <testsuite name="./b_test.ts" tests="1" disabled="0" errors="0" failures="0">
        <testcase name="x" classname="./b_test.ts" time="0.001" line="2" col="1">
        </testcase>
    </testsuite>
    <testsuite name="./a_test.ts" tests="8" disabled="3" errors="0" failures="3">
        <testcase name="a &lt;x&gt; &quot;q&quot;" classname="./a_test.ts" time="0.003" line="3" col="1">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="b needs &gt; 1" classname="./a_test.ts" time="0.000" line="4" col="1">
            <skipped/>
        </testcase>
        <testcase name="c &gt; d" classname="./a_test.ts" time="0.000" line="6" col="1">
        </testcase>
        <testcase name="a &lt;x&gt; &quot;q&quot; &gt; sub" classname="./a_test.ts" time="0.001" line="3" col="49">
        </testcase>
        <testcase name="a &lt;x&gt; &quot;q&quot; &gt; sub2" classname="./a_test.ts" time="0.001" line="3" col="78">
            <failure message="Uncaught AssertionError: Expected

1 !== 2
">AssertionError: test(&quot;a &lt;x&gt;&quot;, async (t)=&gt;{})</failure>
        </testcase>
    </testsuite>
</testsuites>`;

const NODE = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testsuite name="a &lt;x> &amp;quot;q&amp;quot;" time="0.005" disabled="0" errors="0" tests="2" failures="1" skipped="0" hostname="vm">
		<testcase name="sub" time="0.002" classname="test"/>
		<testcase name="sub2" time="0.001" classname="test" failure="Expected:1 !== 2">
			<failure type="testCodeFailure" message="Expected:1 !== 2">
Error [ERR_TEST_FAILURE]: &lt;testcase name="none"/>
			</failure>
		</testcase>
	</testsuite>
	<testsuite name="g" time="0.005" disabled="0" errors="0" tests="1" failures="0" skipped="1" hostname="vm">
		<testcase name="sub" time="0.002" classname="test"><skipped type="skipped" message="why"/></testcase>
	</testsuite>
	<testcase name="b" time="0.000085" classname="test">
		<skipped type="skipped" message="needs &amp;quot;zstd&amp;quot;"/>
	</testcase>
	<testcase name="d" time="0.000110" classname="test">
		<skipped type="skipped" message="true"/>
	</testcase>
	<testcase name="x" time="0.000706" classname="test"/>
	<!-- a diagnostic <testcase name="none"/> -->
</testsuites>`;

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="7" assertions="0" failures="2" skipped="4" time="0.05">
  <testsuite name="a_test.ts" file="a_test.ts" tests="6" assertions="0" failures="2" skipped="4" time="0.01" hostname="vm">
    <testcase name="a" classname="" time="0.002376" file="a_test.ts" line="3" assertions="0">
      <failure type="Error" message="1 subtest failed">Error: 1 subtest failed&#10;</failure>
    </testcase>
    <testcase name="it&#39;s b" classname="" time="0" file="a_test.ts" line="4" assertions="0">
      <skipped />
    </testcase>
    <testcase name="hangs" classname="" time="3.000124" file="a_test.ts" line="3" assertions="0">
      <failure type="TimeoutError" message="test timed out" />
    </testcase>
  </testsuite>
  <testsuite name="b_test.ts" file="b_test.ts" tests="1" assertions="0" failures="0" skipped="0" time="0.0003" hostname="vm">
    <testcase name="x" classname="" time="0.000018" file="b_test.ts" line="2" assertions="0" />
  </testsuite>
</testsuites>`;

test("readJunit() counts Deno's tests, and not their steps", () => {
  assert.deepEqual(readJunit(DENO, "files"), {
    passed: 2,
    failed: 1,
    skips: [{ name: "b needs > 1" }],
  });
});

test("readJunit() counts Node's tests, those with subtests once, and keeps the reasons of skips", () => {
  assert.deepEqual(readJunit(NODE, "tests"), {
    passed: 2,
    failed: 1,
    skips: [{ name: "b", reason: 'needs "zstd"' }, { name: "d" }],
  });
});

test("readJunit() counts Bun's tests", () => {
  assert.deepEqual(readJunit(BUN, "files"), {
    passed: 1,
    failed: 2,
    skips: [{ name: "it's b" }],
  });
});

test("readJunit() finds nothing in a report without tests, or in none", () => {
  for (const report of ["", "<testsuites>\n\t<!-- tests 0 -->\n</testsuites>"]) {
    assert.deepEqual(readJunit(report, "tests"), NO_TESTS);
    assert.deepEqual(readJunit(report, "files"), NO_TESTS);
  }
});

test("formatTally() names skips only where there are any", () => {
  assert.equal(formatTally(NO_TESTS), "0 passed, 0 failed");
  assert.equal(
    formatTally(addTallies([readJunit(NODE, "tests"), readJunit(BUN, "files")])),
    "3 passed, 3 failed, 3 skipped",
  );
});

test("listSkips() names each skipped test once, with a reason that any runner gave, and where it was skipped", () => {
  const skipped = (name: string, reason?: string): typeof NO_TESTS => ({
    ...NO_TESTS,
    skips: [{ name, ...(reason !== undefined && { reason }) }],
  });
  assert.deepEqual(
    listSkips(
      new Map([
        ["deno", skipped("a")],
        ["bun", skipped("b")],
        ["node", skipped("a", "no zstd")],
      ]),
    ),
    ["skipped: a: no zstd (deno, node)", "skipped: b (bun)"],
  );
});
