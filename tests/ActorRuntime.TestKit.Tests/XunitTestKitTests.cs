using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.TestKit.Xunit2.Attributes;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorRuntime.TestKit.Tests;

/// <summary>The base of xunit test classes, used as one and looked at from outside.</summary>
public sealed class XunitTestKitTests : Xunit2.TestKit
{
    private static readonly Config Virtual = ConfigurationFactory.ParseString("actor-runtime.test.clock = auto");

    public XunitTestKitTests(ITestOutputHelper output)
        : base(Virtual, output: output)
    {
    }

    [Fact]
    public void Test_class_sends_and_expects()
    {
        ActorOf(TestActors.SimpleEchoActor.Props()).Tell("a");
        ExpectMsg("a");
        Assert.NotNull(Output);
    }

    [Fact]
    public void Failures_are_those_of_xunit()
    {
        Assert.StartsWith($"{TestActor.Path}: expected a String within 5 s", Assert.Throws<FailException>(() => ExpectMsg<string>()).Message, StringComparison.Ordinal);
        Assert.Throws<TrueException>(() => Assertions.AssertTrue(false, "{0}", "no"));
        Assert.Throws<FalseException>(() => Assertions.AssertFalse(true));
        Assert.Throws<EqualException>(() => Assertions.AssertEqual(1, 2));
        Assertions.AssertEqual("a", "A", (_, _) => true);
        Assert.Throws<FailException>(() => CreateTestProbe().ExpectMsg<string>());
    }

    [Fact]
    public void Log_goes_to_the_output_of_the_test_and_no_further_than_its_end()
    {
        var output = new Lines();
        var kit = new Xunit2.TestKit(Virtual, output: output);
        kit.Log.Info("hello {Who}", "you");
        kit.Log.Debug("not shown");
        var line = Assert.Single(output.Written);
        Assert.EndsWith("Information ActorRuntime.TestKit.Xunit2.TestKit: hello you", line, StringComparison.Ordinal);
        kit.Dispose();
        var count = output.Written.Count;
        kit.Log.Info("after the end");
        Assert.Equal(count, output.Written.Count);
    }

    [Fact]
    public void Debugging_lines_are_shown_when_asked_for_and_an_ended_output_is_no_failure()
    {
        var output = new Lines();
        using var kit = new Xunit2.TestKit(FullDebugConfig.WithFallback(Virtual), output: output);
        kit.Log.Debug("shown");
        Assert.Single(output.Written);
        output.HasEnded = true;
        kit.Log.Info("nobody reads this");
    }

    [Fact]
    public void Log_of_another_system_is_shown_with_its_prefix()
    {
        var output = new Lines();
        using var kit = new OpenKit(output);
        var other = TestSystem.Start(ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Virtual)), "other");
        kit.Show(other, "[other] ");
        other.Log.Info("hello");
        Assert.Contains("[other] Information", Assert.Single(output.Written), StringComparison.Ordinal);
        kit.Shutdown(other);
        Assert.True(other.WhenTerminated.IsCompletedSuccessfully);
    }

    [Fact]
    public void System_ends_with_the_test()
    {
        var kit = new Xunit2.TestKit(Virtual);
        kit.Dispose();
        Assert.True(kit.Sys.WhenTerminated.IsCompletedSuccessfully);
        kit.Dispose();
    }

    [Fact]
    public void System_that_does_not_end_fails_the_test_with_what_is_left_of_its_tree()
    {
        using var release = new ManualResetEventSlim();
        var kit = new Xunit2.TestKit("actor-runtime { test.default-timeout = 500ms, coordinated-shutdown.run-by-actor-system-terminate = off }");
        try
        {
            var entered = kit.CreateTestLatch();
            var stuck = kit.ActorOf(Props.CreateBy(() => new StuckActor(entered, release)), "stuck");
            stuck.Tell("work");
            stuck.Tell("waiting");
            entered.Ready(TimeSpan.FromSeconds(30));
            var text = Assert.Throws<FailException>(kit.Dispose).Message;
            Assert.Contains("The actor system test did not end within 0.5 s. Still there:\n  /  RootGuardianActor, running", text, StringComparison.Ordinal);
            Assert.Contains("      stuck  StuckActor, running, 1 messages wait, handles String \"work\"\n", text, StringComparison.Ordinal);
        }
        finally
        {
            release.Set();
        }

        kit.AwaitCondition(() => kit.Sys.WhenTerminated.IsCompleted, TimeSpan.FromSeconds(30));
        kit.Shutdown(TimeSpan.Zero, verifySystemShutdown: false);
    }

    private sealed class OpenKit(ITestOutputHelper output) : Xunit2.TestKit(Virtual, output: output)
    {
        public void Show(ActorSystem system, string prefix) => InitializeLogger(system, prefix);
    }

    private sealed class Lines : ITestOutputHelper
    {
        public List<string> Written { get; } = [];

        public bool HasEnded { get; set; }

        public void WriteLine(string message)
        {
            if (HasEnded) throw new InvalidOperationException("There is no currently active test.");
            Written.Add(message);
        }

        public void WriteLine(string format, params object[] args) => throw new NotSupportedException();
    }

    private sealed class StuckActor(TestLatch entered, ManualResetEventSlim release) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            entered.CountDown();
            release.Wait();
        }
    }
}

/// <summary>Tests that can be left out by the environment. Alone, because the environment is the process's.</summary>
[Collection(nameof(LocalAttributesTests))]
[CollectionDefinition(nameof(LocalAttributesTests), DisableParallelization = true)]
public sealed class LocalAttributesTests
{
    [Fact]
    public void Local_tests_run_unless_their_variable_is_set()
    {
        foreach (var (variable, skip) in new (string, Func<string?, string?>)[]
        {
            (LocalFactAttribute.Variable, reason => new LocalFactAttribute { SkipLocal = reason }.Skip),
            (LocalTheoryAttribute.Variable, reason => new LocalTheoryAttribute { SkipLocal = reason }.Skip),
        })
        {
            Assert.Null(skip("slow"));
            Environment.SetEnvironmentVariable(variable, "true");
            try
            {
                Assert.Equal("slow", skip("slow"));
                Assert.Contains(variable, skip(null), StringComparison.Ordinal);
            }
            finally
            {
                Environment.SetEnvironmentVariable(variable, null);
            }
        }

        Assert.Equal("always", new LocalFactAttribute { Skip = "always" }.Skip);
    }
}

/// <summary>A test class that opts out of the implicit sender.</summary>
public sealed class NoImplicitSenderTests() : Xunit2.TestKit("actor-runtime.test.clock = auto"), INoImplicitSender
{
    [Fact]
    public void What_the_test_sends_has_no_sender()
    {
        var probe = CreateTestProbe();
        probe.Ref.Tell("a");
        probe.ExpectMsg("a");
        Assert.Equal(Sys.DeadLetters, probe.LastSender);
    }
}
