using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.TestKit;

/// <summary>A test actor of its own beside that of the test, with all expectations. It is a reference too: hand it out wherever one is wanted.</summary>
#pragma warning disable CA1036 // Ordered as the reference it stands for; nobody compares probes by operators.
public sealed class TestProbe : TestKitBase, INoImplicitSender, IInternalActorRef, IDisposable
#pragma warning restore CA1036
{
    private readonly IInternalActorRef _actor;

    /// <summary>Starts a probe that fails with <see cref="ExpectationException"/>.</summary>
    /// <param name="system">The system to live in.</param>
    /// <param name="testProbeName">Name below <c>/system</c>. Default <c>testProbe-N</c>.</param>
    public TestProbe(ActorSystem system, string? testProbeName = null)
        : this(system, ThrowingAssertions.Instance, testProbeName)
    {
    }

    /// <summary>Starts a probe.</summary>
    /// <param name="system">The system to live in.</param>
    /// <param name="assertions">How it fails a test.</param>
    /// <param name="testProbeName">Name below <c>/system</c>. Default <c>testProbe-N</c>.</param>
    public TestProbe(ActorSystem system, ITestKitAssertions assertions, string? testProbeName = null)
        : base(assertions, system, testProbeName, "testProbe") => _actor = (IInternalActorRef)TestActor;

    /// <summary>Its reference.</summary>
    public IActorRef Ref => TestActor;

    /// <inheritdoc cref="ReceivingTestKit.LastSender"/>
    public IActorRef Sender => LastSender;

    /// <inheritdoc/>
    public ActorPath Path => _actor.Path;

    IInternalActorRef IInternalActorRef.Parent => _actor.Parent;

    IActorRefProvider IInternalActorRef.Provider => _actor.Provider;

    bool IInternalActorRef.IsLocal => _actor.IsLocal;

    bool IInternalActorRef.IsTerminated => _actor.IsTerminated;

    /// <summary>Sends as the probe.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, Ref);

    /// <summary>Answers the message looked at last.</summary>
    public void Reply(object message) => LastSender.Tell(message, Ref);

    /// <summary>Passes the message looked at last on, with its sender.</summary>
    /// <exception cref="InvalidOperationException">No message was looked at yet.</exception>
    public void Forward(IActorRef actor) => Forward(actor, LastMessage ?? throw new InvalidOperationException($"{Path}: no message to forward yet"));

    /// <summary>Sends with the sender of the message looked at last.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, LastSender);

    /// <inheritdoc/>
    public void Tell(object? message, IActorRef? sender) => _actor.Tell(message, sender);

    /// <summary>Whether <paramref name="other"/> is the reference of this probe.</summary>
    public bool Equals(IActorRef? other) => _actor.Equals(other is TestProbe probe ? probe.Ref : other);

    /// <summary>Whether <paramref name="obj"/> is this probe, or its reference.</summary>
    public override bool Equals(object? obj) => Equals(obj as IActorRef);

    /// <inheritdoc/>
    public override int GetHashCode() => _actor.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(IActorRef? other) => _actor.CompareTo(other);

    /// <inheritdoc/>
    public override string ToString() => _actor.ToString()!;

    /// <summary>Stops the probe.</summary>
    public void Dispose() => Sys.Stop(Ref);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> names) => _actor.GetChild(names);

    void IInternalActorRef.SendSystemMessage(ISystemMessage message) => _actor.SendSystemMessage(message);
}
