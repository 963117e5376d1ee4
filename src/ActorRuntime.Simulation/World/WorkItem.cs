namespace ActorRuntime.Simulation.World;

/// <summary>A call as a work item.</summary>
internal sealed class WorkItem(Action work) : IThreadPoolWorkItem
{
    public void Execute() => work();
}

/// <summary>A call in the world at a time.</summary>
internal sealed class Call(Action call) : Happening
{
    public override void Happen() => call();
}
