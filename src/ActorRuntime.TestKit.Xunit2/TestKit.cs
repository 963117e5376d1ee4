using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.TestKit.Configs;
using Xunit.Abstractions;

namespace ActorRuntime.TestKit.Xunit2;

/// <summary>Base of xunit test classes: each test gets an actor system of its own, which ends with it. The system's log goes to the output of the test.</summary>
/// <remarks>xunit makes one instance per test. A system that does not end in time fails its test, with the tree of the actors that are left.</remarks>
public class TestKit : TestKitBase, IDisposable
{
    private readonly List<TestEventListener> _shown = [];
    private bool _isDisposed;

    /// <summary>In <paramref name="system"/>, which ends with the test, or in one with default settings.</summary>
    /// <param name="system">The system; null starts one.</param>
    /// <param name="output">Output of the test; null shows no log.</param>
    public TestKit(ActorSystem? system = null, ITestOutputHelper? output = null)
        : base(Assertions, system ?? TestSystem.Start(ActorSystemSetup.Empty)) => Output = Shown(output);

    /// <summary>In a system with a configuration.</summary>
    /// <param name="config">Configuration; <see cref="DefaultConfig"/> stands in for what it leaves out.</param>
    /// <param name="actorSystemName">Name of the system. Default <c>test</c>.</param>
    /// <param name="output">Output of the test; null shows no log.</param>
    public TestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName) => Output = Shown(output);

    /// <summary>In a system with setups.</summary>
    /// <inheritdoc cref="TestKit(Config, string, ITestOutputHelper)"/>
    public TestKit(ActorSystemSetup config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Assertions, config, actorSystemName) => Output = Shown(output);

    /// <summary>In a system with a configuration, as HOCON.</summary>
    /// <inheritdoc cref="TestKit(Config, string, ITestOutputHelper)"/>
    public TestKit(string config, ITestOutputHelper? output = null)
        : base(Assertions, ConfigurationFactory.ParseString(config)) => Output = Shown(output);

    /// <summary>What stands in for what a test's configuration leaves out.</summary>
    public static Config DefaultConfig => TestConfigs.DefaultConfig;

    /// <summary>Shows the debugging lines of the log too.</summary>
    public static Config FullDebugConfig { get; } = ConfigurationFactory.ParseString("actor-runtime.test.log-level = debug");

    /// <summary>Failures as xunit shows them.</summary>
    protected static new XunitAssertions Assertions { get; } = new();

    /// <summary>Output of the test; null when the class was given none.</summary>
    protected ITestOutputHelper? Output { get; }

    /// <summary>Ends the test: <see cref="AfterAll"/>, once.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Dispose(disposing: true);
    }

    /// <summary>Shows the log of another system, started by <see cref="TestSystem.Start"/>, in the output of the test.</summary>
    /// <param name="system">The system.</param>
    /// <param name="prefix">Begins each of its lines.</param>
    protected void InitializeLogger(ActorSystem system, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(system);
        if (Output is null) throw new InvalidOperationException("The test was given no output; pass its ITestOutputHelper to the constructor of TestKit");
        Show(system, Output, prefix);
    }

    /// <summary>After the test: ends the actor system. Override it to end more, or to leave a system that others share.</summary>
    protected virtual void AfterAll() => Shutdown();

    /// <inheritdoc cref="Dispose()"/>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed) return;
        _isDisposed = true;
        try
        {
            AfterAll();
        }
        finally
        {
            // The output takes nothing after its test has ended, and a system may outlive it.
            foreach (var listener in _shown) listener.Output = null;
        }
    }

    private ITestOutputHelper? Shown(ITestOutputHelper? output)
    {
        if (output is not null && Sys.LoggerFactory is TestEventListener) Show(Sys, output, "");
        return output;
    }

    private void Show(ActorSystem system, ITestOutputHelper output, string prefix)
    {
        var listener = system.LoggerFactory as TestEventListener ?? throw new InvalidOperationException(
            $"The log of the actor system {system.Name} cannot be shown: start it by TestSystem.Start, or give it a TestEventListener as LoggerSetup");
        listener.Output = line => Write(output, $"+{Time.Now.TotalSeconds:0.000} s  {prefix}{line}");
        _shown.Add(listener);
    }

    private static void Write(ITestOutputHelper output, string line)
    {
        try
        {
            output.WriteLine(line);
        }
        catch (InvalidOperationException)
        {
            // The test ended between the look at the output and this line; nobody could read it any more.
        }
    }
}
