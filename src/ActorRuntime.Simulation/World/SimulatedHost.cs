using System.Net;

namespace ActorRuntime.Simulation.World;

/// <summary>A machine: its clocks, its disk, its address.</summary>
internal sealed class SimulatedHost(Agenda agenda, int index, Util.Prng disk)
{
    /// <summary>From 0, in the order they were added.</summary>
    public int Index { get; } = index;

    public string Name { get; } = $"host{index}";

    /// <summary>Its only one.</summary>
    public IPAddress Address { get; } = new([10, 0, (byte)((index + 1) >> 8), (byte)(index + 1)]);

    public SimulatedClock Clock { get; } = new(agenda);

    public SimulatedDisk Disk { get; } = new(disk);

    /// <summary>Changes at each boot.</summary>
    public string BootId { get; private set; } = $"boot-{index}";

    /// <summary>False after a power cut: nothing answers there.</summary>
    public bool IsOn { get; private set; } = true;

    /// <summary>The power is gone.</summary>
    public void CutPower()
    {
        IsOn = false;
        Disk.LosePower();
        BootId += "+";
    }

    /// <summary>The power is back.</summary>
    public void Boot() => IsOn = true;
}
