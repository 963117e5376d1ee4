using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>To the mediator: the actor gets what is published on a topic, until it ends. Answered with <see cref="SubscribeAck"/>, or with
/// <see cref="Status.Failure"/> beyond <c>registrations-max</c>.</summary>
public sealed record Subscribe
{
    /// <param name="group">Null: it gets what is published to all. Otherwise it gets its group's share of what is published with
    /// <c>sendOneMessageToEachGroup</c>, and nothing else.</param>
    public Subscribe(string topic, IActorRef @ref, string? group = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(@ref);
        (Topic, Ref, Group) = (topic, @ref, group);
    }

    public string Topic { get; }

    public IActorRef Ref { get; }

    /// <summary>Null for none.</summary>
    public string? Group { get; }
}

/// <summary>To the mediator: undoes <see cref="PublishSubscribe.Subscribe"/> of the same topic and group. Answered with
/// <see cref="UnsubscribeAck"/>.</summary>
public sealed record Unsubscribe
{
    public Unsubscribe(string topic, IActorRef @ref, string? group = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(@ref);
        (Topic, Ref, Group) = (topic, @ref, group);
    }

    public string Topic { get; }

    public IActorRef Ref { get; }

    /// <summary>Null for none.</summary>
    public string? Group { get; }
}

/// <summary>The actor gets what is published on this node from now on; other nodes hear of it within a round trip.</summary>
public sealed record SubscribeAck(Subscribe Subscribe);

/// <summary>The actor gets nothing more of that topic from this node's mediator.</summary>
public sealed record UnsubscribeAck(Unsubscribe Unsubscribe);

/// <summary>To the mediator: for all subscribers of a topic on all nodes; at most once each.</summary>
/// <param name="SendOneMessageToEachGroup">True: for one subscriber of each group instead, and for none without a group.</param>
[WireType("pubsub-publish")]
public sealed record Publish(string Topic, object Message, bool SendOneMessageToEachGroup = false)
{
    public object Message { get; } = Message ?? throw new ArgumentNullException(nameof(Message));
}

/// <summary>To the mediator: registers an actor of this node under its path, until it ends. Not answered.</summary>
public sealed record Put(IActorRef Ref)
{
    public IActorRef Ref { get; } = Ref ?? throw new ArgumentNullException(nameof(Ref));
}

/// <summary>To the mediator: undoes <see cref="Put"/>.</summary>
/// <param name="Path">Without address, for example <c>/user/service</c>.</param>
public sealed record Remove(string Path);

/// <summary>To the mediator: for one actor registered under a path on whatever node; at most once.</summary>
/// <param name="Path">Without address.</param>
/// <param name="LocalAffinity">The one on this node, if there is one.</param>
[WireType("pubsub-send")]
public sealed record Send(string Path, object Message, bool LocalAffinity = false)
{
    public object Message { get; } = Message ?? throw new ArgumentNullException(nameof(Message));
}

/// <summary>To the mediator: for the actors registered under a path on all nodes; at most once each.</summary>
/// <param name="Path">Without address.</param>
/// <param name="ExcludeSelf">Not for the one on this node.</param>
[WireType("pubsub-send-to-all")]
public sealed record SendToAll(string Path, object Message, bool ExcludeSelf = false)
{
    public object Message { get; } = Message ?? throw new ArgumentNullException(nameof(Message));
}

/// <summary>To the mediator: which topics have subscribers? Answered with <see cref="CurrentTopics"/>.</summary>
public sealed record GetTopics
{
    private GetTopics() { }

    public static GetTopics Instance { get; } = new();
}

/// <summary>Topics with a subscriber on any node, as far as this one knows.</summary>
public sealed record CurrentTopics(IImmutableSet<string> Topics);
