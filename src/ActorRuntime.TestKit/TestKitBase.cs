using System.Linq.Expressions;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;

namespace ActorRuntime.TestKit;

/// <summary>A class that is a test kit sends without an implicit sender: <c>ref.Tell(message)</c> outside of actors shows none.</summary>
public interface INoImplicitSender;

/// <summary>A test with an actor system and a test actor of its own. Bind it to a test framework by deriving a class that ends the system after each test.</summary>
/// <remarks>
/// What the test sends with <c>ref.Tell(message)</c> carries the test actor as sender, also after awaits. Under virtual time (<c>actor-runtime.test.clock</c>, or a system with a
/// <see cref="ManualEnvironment"/>) actors run on the test's thread while an expectation waits, and nothing sleeps.
/// </remarks>
public abstract class TestKitBase : ExpectingTestKit
{
    // Virtual time costs nothing, so phases of the shutdown may use theirs up.
    private static readonly TimeSpan VirtualShutdown = TimeSpan.FromMinutes(5);

    /// <summary>In a system of its own with a configuration.</summary>
    /// <param name="assertions">How the test framework fails a test.</param>
    /// <param name="config">Configuration; <see cref="Configs.TestConfigs.DefaultConfig"/> stands in for what it leaves out. Null for none.</param>
    /// <param name="actorSystemName">Name of the system. Default <c>test</c>.</param>
    /// <param name="testActorName">Name of the test actor below <c>/system</c>. Default <c>testActor-N</c>.</param>
    protected TestKitBase(ITestKitAssertions assertions, Config? config, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, BootstrapSetup.Create().WithConfig(config ?? Config.Empty), actorSystemName, testActorName)
    {
    }

    /// <summary>In a system of its own with setups.</summary>
    /// <inheritdoc cref="TestKitBase(ITestKitAssertions, Config, string, string)"/>
    protected TestKitBase(ITestKitAssertions assertions, Setup setup, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, ActorSystemSetup.Create(setup), actorSystemName, testActorName)
    {
    }

    /// <summary>In a system of its own with setups.</summary>
    /// <inheritdoc cref="TestKitBase(ITestKitAssertions, Config, string, string)"/>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystemSetup setup, string? actorSystemName = null, string? testActorName = null)
        : this(assertions, TestSystem.Start(setup, actorSystemName), testActorName)
    {
    }

    /// <summary>In a system that was started already.</summary>
    /// <inheritdoc cref="TestKitBase(ITestKitAssertions, Config, string, string)"/>
    protected TestKitBase(ITestKitAssertions assertions, ActorSystem system, string? testActorName = null)
        : this(assertions, system, testActorName, "testActor")
    {
    }

    private protected TestKitBase(ITestKitAssertions assertions, ActorSystem system, string? testActorName, string namePrefix)
        : base(assertions, system, testActorName, namePrefix)
    {
        if (this is not INoImplicitSender) ActorRefImplicitSenderExtensions.OutsideSender.Value = TestActor;
    }

    /// <summary>Expects, or mutes, lines of the log and dead letters of <see cref="TimedTestKit.Sys"/>.</summary>
    public EventFilterFactory EventFilter => new(this);

    /// <summary>Expects, or mutes, lines of the log and dead letters of another system.</summary>
    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    /// <summary>Starts a probe: a test actor of its own, with expectations of its own.</summary>
    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    /// <summary>Starts a probe in another system.</summary>
    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) => new(system, Assertions, name);

    /// <summary>Starts another test actor; nobody looks at what comes to it.</summary>
    public IActorRef CreateTestActor(string name) => StartTestActor(new ReceivedMessages(0), name);

    /// <summary>A latch whose time-outs are dilated, and which runs the system under virtual time.</summary>
    public virtual TestLatch CreateTestLatch(int count = 1) => new(this, count, TestKitSettings.DefaultTimeout);

    /// <summary>A barrier whose time-outs are dilated.</summary>
    public TestBarrier CreateTestBarrier(int count) => new(this, count);

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf(Props props) => Sys.ActorOf(props);

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf<TActor>()
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>());

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf<TActor>(string name)
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), name);

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory));

    /// <summary>Makes an actor below <c>/user</c>.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory, string name)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory), name);

    /// <summary>Makes an actor that runs on the thread that sends to it, and whose instance the test can look at.</summary>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, string? name = null)
        where TActor : ActorBase => new(Sys, props, null, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, string)"/>
    /// <param name="supervisor">Its parent.</param>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, IActorRef supervisor, string? name = null)
        where TActor : ActorBase => new(Sys, props, supervisor, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, string)"/>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(string? name = null)
        where TActor : ActorBase, new() => new(Sys, Props.Create<TActor>(), null, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)"/>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(IActorRef supervisor, string? name = null)
        where TActor : ActorBase, new() => new(Sys, Props.Create<TActor>(), supervisor, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, string)"/>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Expression<Func<TActor>> factory, string? name = null)
        where TActor : ActorBase => new(Sys, Props.Create(factory), null, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)"/>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Expression<Func<TActor>> factory, IActorRef supervisor, string? name = null)
        where TActor : ActorBase => new(Sys, Props.Create(factory), supervisor, name);

    /// <summary>Makes a state machine that runs on the thread that sends to it, and whose state the test can look at and set.</summary>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(Props props, string? name = null)
        where TFsmActor : FSM<TState, TData>
        where TState : notnull => new(Sys, props, null, name);

    /// <inheritdoc cref="ActorOfAsTestFSMRef{TFsmActor, TState, TData}(Props, string)"/>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(string? name = null)
        where TFsmActor : FSM<TState, TData>, new()
        where TState : notnull => new(Sys, Props.Create<TFsmActor>(), null, name);

    /// <inheritdoc cref="ActorOfAsTestFSMRef{TFsmActor, TState, TData}(Props, string)"/>
    public TestFSMRef<TFsmActor, TState, TData> ActorOfAsTestFSMRef<TFsmActor, TState, TData>(
        Expression<Func<TFsmActor>> factory, string? name = null)
        where TFsmActor : FSM<TState, TData>
        where TState : notnull => new(Sys, Props.Create(factory), null, name);

    /// <summary>A selection by path.</summary>
    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>A selection by path.</summary>
    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>A selection by path, relative to <paramref name="anchorRef"/>.</summary>
    public static ActorSelection ActorSelection(IActorRef anchorRef, string actorPath) => new(anchorRef, actorPath);

    /// <summary>Makes an actor whose parent, and supervisor, is the test actor.</summary>
    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) => ChildOf(props, null, null, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, CancellationToken)"/>
    public IActorRef ChildActorOf(Props props, string name, CancellationToken cancellationToken = default) => ChildOf(props, name, null, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, CancellationToken)"/>
    /// <param name="supervisorStrategy">Decides about this child. Default <see cref="SupervisorStrategy.DefaultStrategy"/>.</param>
    public IActorRef ChildActorOf(Props props, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        ChildOf(props, null, supervisorStrategy, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, SupervisorStrategy, CancellationToken)"/>
    public IActorRef ChildActorOf(
        Props props, string name, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        ChildOf(props, name, supervisorStrategy, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, CancellationToken)"/>
    public IActorRef ChildActorOf<T>(CancellationToken cancellationToken = default)
        where T : ActorBase, new() => ChildOf(Props.Create<T>(), null, null, cancellationToken);

    /// <inheritdoc cref="ChildActorOf(Props, CancellationToken)"/>
    public IActorRef ChildActorOf<T>(string name, CancellationToken cancellationToken = default)
        where T : ActorBase, new() => ChildOf(Props.Create<T>(), name, null, cancellationToken);

    /// <summary>Ends <see cref="TimedTestKit.Sys"/>.</summary>
    /// <inheritdoc cref="Shutdown(ActorSystem, TimeSpan?, bool)"/>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = true) => Shutdown(Sys, duration, verifySystemShutdown);

    /// <summary>Ends a system.</summary>
    /// <param name="system">The system.</param>
    /// <param name="duration">Longest wait, dilated. Default <c>default-timeout</c>, 5 min of virtual time.</param>
    /// <param name="verifySystemShutdown">Whether it is a failure, with the tree of the actors left, when it does not end in time.</param>
    public virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = true)
    {
        ArgumentNullException.ThrowIfNull(system);
        var ended = system.Terminate();
        var time = ReferenceEquals(system, Sys) ? Time : new TestTime(system, TestKitSettings);
        var limit = Dilated(duration ?? (time.IsVirtual ? VirtualShutdown : TestKitSettings.DefaultTimeout));
        if (WaitForEnd(ended, limit, time) || !verifySystemShutdown) return;
        throw Failure($"The actor system {system.Name} did not end within {Text.Of(limit)}. Still there:\n{ActorTree.Of(system)}");
    }

    private static bool WaitForEnd(Task ended, TimeSpan limit, TestTime time)
    {
        // The end of a system is never waited for with a standing clock: phases of the shutdown may need time.
        if (time.IsVirtual) return time.RunThrough(() => ended.IsCompleted, limit);
        try
        {
            return ended.Wait(limit);
        }
        catch (AggregateException)
        {
            return true; // Ended with an exception; whoever holds the task sees it.
        }
    }

    private IActorRef ChildOf(Props props, string? name, SupervisorStrategy? strategy, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        name ??= TestKitExtension.For(Sys).NextName("child");
        if (strategy is not null) Strategies[name] = strategy;
        return ((LocalActorRef)TestActor).Cell.ActorOf(props, name);
    }
}
